#ifndef WIOFW_REGS_H
#define WIOFW_REGS_H

#include <stdint.h>

/*
 * Registers of the STM32F405 and its Cortex-M4 that this port touches, named
 * as in RM0090 and PM0214. Addresses and bits: cmsis_device_f4 (stm32f405xx.h)
 * and CMSIS_5 (core_cm4.h).
 */

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define BIT(n)	     (1u << (n))

/* ---- RCC ---- */

#define RCC_CR	    REG(0x40023800u)
#define RCC_PLLCFGR REG(0x40023804u)
#define RCC_CFGR    REG(0x40023808u)
#define RCC_AHB1ENR REG(0x40023830u)
#define RCC_AHB2ENR REG(0x40023834u)
#define RCC_APB1ENR REG(0x40023840u)
#define RCC_APB2ENR REG(0x40023844u)
#define RCC_CSR	    REG(0x40023874u)

#define RCC_CR_HSEON  BIT(16)
#define RCC_CR_HSERDY BIT(17)
#define RCC_CR_PLLON  BIT(24)
#define RCC_CR_PLLRDY BIT(25)

#define RCC_PLLCFGR_PLLN_Pos   6
#define RCC_PLLCFGR_PLLP_Pos   16
#define RCC_PLLCFGR_PLLSRC_HSE BIT(22)
#define RCC_PLLCFGR_PLLQ_Pos   24

#define RCC_CFGR_SW	    0x3u
#define RCC_CFGR_SW_PLL	    0x2u
#define RCC_CFGR_SWS	    0xcu
#define RCC_CFGR_SWS_PLL    0x8u
#define RCC_CFGR_PPRE1_DIV4 (0x5u << 10)
#define RCC_CFGR_PPRE2_DIV2 (0x4u << 13)

#define RCC_AHB1ENR_GPIOAEN	 BIT(0)
#define RCC_AHB1ENR_GPIOBEN	 BIT(1)
#define RCC_AHB1ENR_GPIOCEN	 BIT(2)
#define RCC_AHB1ENR_CCMDATARAMEN BIT(20)
#define RCC_AHB2ENR_RNGEN	 BIT(6)
#define RCC_APB1ENR_USART2EN	 BIT(17)
#define RCC_APB1ENR_PWREN	 BIT(28)
#define RCC_APB2ENR_USART1EN	 BIT(4)
#define RCC_APB2ENR_SYSCFGEN	 BIT(14)

#define RCC_CSR_RMVF	 BIT(24)
#define RCC_CSR_BORRSTF	 BIT(25)
#define RCC_CSR_PINRSTF	 BIT(26)
#define RCC_CSR_PORRSTF	 BIT(27)
#define RCC_CSR_SFTRSTF	 BIT(28)
#define RCC_CSR_IWDGRSTF BIT(29)
#define RCC_CSR_WWDGRSTF BIT(30)
#define RCC_CSR_LPWRRSTF BIT(31)

/* ---- PWR, FLASH, RTC backup, SYSCFG ---- */

#define PWR_CR	      REG(0x40007000u)
#define PWR_CR_DBP    BIT(8)
#define PWR_CR_VOS    BIT(14)
#define FLASH_ACR     REG(0x40023c00u)
#define RTC_BKP0R     REG(0x40002850u)
#define RTC_BKP1R     REG(0x40002854u)
#define SYSCFG_MEMRMP REG(0x40013800u)

#define FLASH_ACR_LATENCY     0x7u
#define FLASH_ACR_LATENCY_5WS 0x5u
#define FLASH_ACR_PRFTEN      BIT(8)
#define FLASH_ACR_ICEN	      BIT(9)
#define FLASH_ACR_DCEN	      BIT(10)

/* ---- GPIO ---- */

struct gpio_regs {
	volatile uint32_t MODER;
	volatile uint32_t OTYPER;
	volatile uint32_t OSPEEDR;
	volatile uint32_t PUPDR;
	volatile uint32_t IDR;
	volatile uint32_t ODR;
	volatile uint32_t BSRR;
	volatile uint32_t LCKR;
	volatile uint32_t AFRL;
	volatile uint32_t AFRH;
};

#define GPIO(port)                                                             \
	((struct gpio_regs *)(uintptr_t)(0x40020000u + 0x400u * (port)))

/* ---- USART ---- */

struct usart_regs {
	volatile uint32_t SR;
	volatile uint32_t DR;
	volatile uint32_t BRR;
	volatile uint32_t CR1;
	volatile uint32_t CR2;
	volatile uint32_t CR3;
};

#define USART1 ((struct usart_regs *)(uintptr_t)0x40011000u)
#define USART2 ((struct usart_regs *)(uintptr_t)0x40004400u)
/* Not on an F405; QEMU's model has one. Only when virtual. */
#define UART7 ((struct usart_regs *)(uintptr_t)0x40007800u)

#define USART_SR_FE   BIT(1)
#define USART_SR_NF   BIT(2)
#define USART_SR_ORE  BIT(3)
#define USART_SR_RXNE BIT(5)
#define USART_SR_TC   BIT(6)
#define USART_SR_TXE  BIT(7)

#define USART_CR1_RE	 BIT(2)
#define USART_CR1_TE	 BIT(3)
#define USART_CR1_RXNEIE BIT(5)
#define USART_CR1_UE	 BIT(13)

#define USART1_IRQn 37u
#define USART2_IRQn 38u
#define UART7_IRQn  82u

/* ---- RNG, IWDG ---- */

#define RNG_CR REG(0x50060800u)
#define RNG_SR REG(0x50060804u)
#define RNG_DR REG(0x50060808u)

#define RNG_CR_RNGEN BIT(2)
#define RNG_SR_DRDY  BIT(0)
#define RNG_SR_CECS  BIT(1)
#define RNG_SR_SECS  BIT(2)
#define RNG_SR_CEIS  BIT(5)
#define RNG_SR_SEIS  BIT(6)

#define IWDG_KR	 REG(0x40003000u)
#define IWDG_PR	 REG(0x40003004u)
#define IWDG_RLR REG(0x40003008u)
#define IWDG_SR	 REG(0x4000300cu)

#define IWDG_KR_START  0xccccu
#define IWDG_KR_UNLOCK 0x5555u
#define IWDG_KR_FEED   0xaaaau

/* ---- Cortex-M4 ---- */

#define SYST_CSR  REG(0xe000e010u)
#define SYST_RVR  REG(0xe000e014u)
#define SYST_CVR  REG(0xe000e018u)
#define SCB_ICSR  REG(0xe000ed04u)
#define SCB_VTOR  REG(0xe000ed08u)
#define SCB_AIRCR REG(0xe000ed0cu)
#define SCB_CCR	  REG(0xe000ed14u)
#define SCB_SHCSR REG(0xe000ed24u)
#define SCB_CFSR  REG(0xe000ed28u)
#define SCB_HFSR  REG(0xe000ed2cu)
#define SCB_MMFAR REG(0xe000ed34u)
#define SCB_BFAR  REG(0xe000ed38u)
#define SCB_CPACR REG(0xe000ed88u)

#define NVIC_ISER(n) REG(0xe000e100u + 4u * (n))
#define NVIC_ICER(n) REG(0xe000e180u + 4u * (n))
#define NVIC_ICPR(n) REG(0xe000e280u + 4u * (n))
#define NVIC_WORDS   3u

#define SYST_CSR_ENABLE	   BIT(0)
#define SYST_CSR_TICKINT   BIT(1)
#define SYST_CSR_CLKSOURCE BIT(2)

#define SCB_ICSR_VECTACTIVE   0x1ffu
#define SCB_ICSR_PENDSTCLR    BIT(25)
#define SCB_AIRCR_SYSRESETREQ 0x05fa0004u
#define SCB_CCR_DIV_0_TRP     BIT(4)
#define SCB_SHCSR_FAULTS      (BIT(16) | BIT(17) | BIT(18))
#define SCB_CFSR_MMARVALID    BIT(7)
#define SCB_CFSR_BFARVALID    BIT(15)
#define SCB_CPACR_FPU	      (0xfu << 20)

static inline void nvic_enable(uint32_t irq)
{
	NVIC_ISER(irq / 32) = BIT(irq % 32);
}

static inline void nvic_disable(uint32_t irq)
{
	NVIC_ICER(irq / 32) = BIT(irq % 32);
}

#endif
